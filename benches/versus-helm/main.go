// Loads and renders charts with helm's own packages, as `helm template` does without a cluster, and says how long each
// stage took.
//
// In: a request per line on standard input, as JSON: the chart's path, a values file or "". Out: an answer per line, as
// JSON: nanoseconds per stage, lines of the manifests, or what went wrong. It ends when its input does.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"log"
	"log/slog"
	"os"
	"path"
	"strings"
	"time"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/loader"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
	"helm.sh/helm/v4/pkg/engine"
	release "helm.sh/helm/v4/pkg/release/v1/util"
)

type request struct {
	Chart  string `json:"chart"`
	Values string `json:"values"`
}

type answer struct {
	// Nanoseconds: from disk to a chart.
	Load int64 `json:"load"`
	// Dependencies switched on or off, values coalesced and checked against the schemas.
	Values int64 `json:"values"`
	// Templates parsed and run.
	Engine int64 `json:"engine"`
	// Documents cut, read and sorted, and printed as one text.
	Sort int64 `json:"sort"`
	// How many lines were printed.
	Lines int    `json:"lines"`
	Error string `json:"error,omitempty"`
}

func main() {
	// What charts warn of is no part of an answer, and helm's log would cost time that ours does not spend.
	log.SetOutput(io.Discard)
	slog.SetDefault(slog.New(slog.DiscardHandler))

	requests := bufio.NewScanner(os.Stdin)
	requests.Buffer(nil, 1<<20)
	answers := json.NewEncoder(os.Stdout)
	for requests.Scan() {
		var asked request
		var given answer
		if err := json.Unmarshal(requests.Bytes(), &asked); err != nil {
			given.Error = err.Error()
		} else if err := run(asked, &given); err != nil {
			given.Error = err.Error()
		}
		if err := answers.Encode(given); err != nil {
			return
		}
	}
}

// A chart is loaded for each render: helm changes it while it renders.
func run(asked request, given *answer) error {
	start := time.Now()
	lap := func() int64 {
		now := time.Now()
		took := now.Sub(start).Nanoseconds()
		start = now
		return took
	}

	loaded, err := loader.Load(asked.Chart)
	if err != nil {
		return err
	}
	ours, ok := loaded.(*chart.Chart)
	if !ok {
		return errors.New("the chart's apiVersion is neither v1 nor v2")
	}
	given.Load = lap()

	vals := map[string]any{}
	if asked.Values != "" {
		if vals, err = common.ReadValuesFile(asked.Values); err != nil {
			return err
		}
	}
	if err := chartutil.ProcessDependencies(ours, vals); err != nil {
		return err
	}
	named := common.ReleaseOptions{Name: "release-name", Namespace: "default", Revision: 1, IsInstall: true}
	cluster := common.DefaultCapabilities.Copy()
	toRender, err := util.ToRenderValuesWithSchemaValidation(ours, vals, named, cluster, false)
	if err != nil {
		return err
	}
	given.Values = lap()

	var runner engine.Engine
	files, err := runner.Render(ours, toRender)
	if err != nil {
		return err
	}
	given.Engine = lap()

	text, err := print(files)
	if err != nil {
		return err
	}
	given.Sort = lap()
	given.Lines = strings.Count(text, "\n")
	return nil
}

// What `helm template` writes: manifests, then hooks.
func print(files map[string]string) (string, error) {
	for name := range files {
		if path.Base(name) == "NOTES.txt" {
			delete(files, name)
		}
	}
	hooks, manifests, err := release.SortManifests(files, nil, release.InstallOrder)
	if err != nil {
		return "", err
	}
	var sorted, all strings.Builder
	document := func(to *strings.Builder, name, content string) {
		to.WriteString("---\n# Source: " + name + "\n" + content + "\n")
	}
	for _, manifest := range manifests {
		document(&sorted, manifest.Name, manifest.Content)
	}
	all.WriteString(strings.TrimSpace(sorted.String()) + "\n")
	for _, hook := range hooks {
		document(&all, hook.Path, hook.Manifest)
	}
	return all.String(), nil
}
