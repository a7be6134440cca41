// Says what Go makes of YAML files, for comparison with examples/yaml_oracle.rs.
//
// In: file names on standard input, one a line. Out: for each, one line per part:
// `json`, `yaml`, `pretty`, `fromjson` or `error`, a tab, and the text in hex.
package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"

	v3 "go.yaml.in/yaml/v3"
	"sigs.k8s.io/yaml"
)

func main() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	names := bufio.NewScanner(os.Stdin)
	for names.Scan() {
		text, err := os.ReadFile(names.Text())
		if err != nil {
			panic(err)
		}
		fmt.Fprintln(out, "file\t"+names.Text())
		show(out, text)
		showJSON(out, text)
		if len(text) <= 200 {
			// The text itself as a string and as a key.
			write(out, map[string]any{"k": string(text), string(text): []any{string(text)}})
		}
	}
}

func show(out *bufio.Writer, text []byte) {
	line := func(kind string, text []byte) {
		fmt.Fprintln(out, kind+"\t"+hex.EncodeToString(text))
	}
	defer func() {
		if problem := recover(); problem != nil {
			line("panic", []byte(fmt.Sprint(problem)))
		}
	}()
	var value any
	if err := yaml.Unmarshal(text, &value); err != nil {
		line("error", []byte(err.Error()))
		return
	}
	compact, err := json.Marshal(value)
	if err != nil {
		compact = []byte(err.Error())
	}
	line("json", compact)
	write(out, value)
}

func showJSON(out *bufio.Writer, text []byte) {
	var value any
	var indented []byte
	err := json.Unmarshal(text, &value)
	if err == nil {
		indented, err = json.MarshalIndent(value, "", "  ")
	}
	if err != nil {
		indented = []byte(err.Error())
	}
	fmt.Fprintln(out, "fromjson\t"+hex.EncodeToString(indented))
}

func write(out *bufio.Writer, value any) {
	line := func(kind string, text []byte) {
		fmt.Fprintln(out, kind+"\t"+hex.EncodeToString(text))
	}
	marshalled, err := yaml.Marshal(value)
	if err != nil {
		marshalled = nil
	}
	line("yaml", marshalled)
	var pretty bytes.Buffer
	encoder := v3.NewEncoder(&pretty)
	encoder.SetIndent(2)
	if err := encoder.Encode(value); err != nil {
		pretty.Reset()
	}
	line("pretty", pretty.Bytes())
}
