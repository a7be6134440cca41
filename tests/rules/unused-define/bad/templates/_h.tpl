{{ define "c.name" }}c{{ end }}
{{ define "c.other" }}o{{ end }}{{/* <- unused-define */}}
