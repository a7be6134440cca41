{{ define "c.name2" }}d{{ end }}
