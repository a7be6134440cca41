{{ define "c.name" }}d{{ end }}{{/* <- duplicate-define */}}
