{{ define "c.password" }}{{ randAlphaNum 10 | b64enc }}{{ end }}{{/* <- random-in-output */}}
