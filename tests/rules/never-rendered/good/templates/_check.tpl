{{- define "c.check" }}{{ end }}
