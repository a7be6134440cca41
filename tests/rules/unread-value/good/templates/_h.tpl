{{ define "c.image" }}{{ .image.digest }}{{ range $k, $v := .root.Values.ports }}{{ $k }}{{ end }}{{ end }}
