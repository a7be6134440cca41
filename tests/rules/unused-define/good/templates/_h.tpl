{{ define "c.name" }}c{{ end }}
{{ define "c.other" }}o{{ end }}
{{ define "c.by.kind" }}k{{ end }}
{{ define "c.inValues" }}v{{ end }}
