//! Rows of tests/rows.txt about lint that several rules fulfil together, on charts of our own with the mistakes of the
//! chart that ours descends from. Each rule alone has its examples in tests/rules.

mod folder;

use folder::folder;
use std::path::Path;
use std::process::Command;

const HEAD: &str = "apiVersion: v2\nname: c\nversion: 0.1.0\n";

/// `RULE FILE:LINE MESSAGE` of every finding.
fn lint(chart: &Path, args: &[&str]) -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_chartwright"))
        .args(["lint", ".", "--format", "json"])
        .args(args)
        .current_dir(chart)
        .output()
        .expect("it runs");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a report");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let findings = report["findings"].as_array().expect("findings");
    let shown = findings.iter().map(|found| {
        let (rule, place) = (text(&found["rule"]), &found["place"]);
        format!("{rule} {}:{} {}", text(&place["file"]), place["line"], text(&found["message"]))
    });
    shown.collect()
}

fn lint_files(files: &[(&str, &str)], args: &[&str]) -> Vec<String> {
    let dir = folder([("Chart.yaml", HEAD)].into_iter().chain(files.iter().copied()));
    lint(dir.path(), args)
}

/// That something is found which begins so.
#[track_caller]
fn assert_found(found: &[String], wanted: &str) {
    assert!(found.iter().any(|found| found.starts_with(wanted)), "no `{wanted}` in {found:#?}");
}

/// `RULE FILE:LINE` of the lines of tests/seed_chart that say `# <- BUG RULE`, for these bugs.
fn marked(chart: &Path, bugs: &[&str]) -> Vec<String> {
    let mut marks = Vec::new();
    for file in ["templates/statefulset.yaml", "templates/others.yaml"] {
        let text = std::fs::read_to_string(chart.join(file)).expect("the file is there");
        for (number, line) in (1..).zip(text.lines()) {
            let Some((bug, rule)) = line.split_once("# <- ").and_then(|(_, mark)| mark.split_once(' ')) else {
                continue;
            };
            marks.extend(bugs.contains(&bug).then(|| format!("{rule} {file}:{number} ")));
        }
    }
    marks
}

/// That every mark of these bugs is a finding at its very line.
#[track_caller]
fn assert_marked(bugs: &[&str], least: usize, set: &str) {
    let chart = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/seed_chart");
    let marks = marked(&chart, bugs);
    assert!(marks.len() >= least, "{marks:?}");
    let found = lint(&chart, &["--set", set]);
    marks.iter().for_each(|mark| assert_found(&found, mark));
}

#[test]
fn l06_selectors_and_ports_that_lead_nowhere_are_found_at_their_lines() {
    assert_marked(&["B06", "B15", "B17"], 4, "mode=standalone");
    // Only replicas dial a master of their own chart.
    assert_marked(&["B18"], 1, "mode=replica,replicas=3");
}

#[test]
fn l07_labels_that_break_every_upgrade_are_found_without_an_old_version() {
    let chart = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/seed_chart");
    let found = lint(&chart, &[]);
    assert_found(&found, "changing-claim-template templates/_helpers.tpl:");
    let ours = lint(&chart.with_file_name("../chart"), &[]);
    assert!(!ours.iter().any(|found| found.starts_with("changing-")), "{ours:?}");
}

#[test]
fn l08_secrets_in_readable_files_and_rights_for_everyone_are_found() {
    assert_marked(&["B12", "B14"], 3, "account=false");
    let pod = |command: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n    - name: a\n      image: redis:7.4\n      command: {command}\n"
        )
    };
    let found = lint_files(&[("templates/a.yaml", &pod("[sh, -c, 'redis-cli -a \"$REDIS_PASSWORD\" ping']"))], &[]);
    assert_found(&found, "secret-in-arguments templates/a.yaml:");
    let found = lint_files(&[("templates/a.yaml", &pod("[redis-cli, ping]"))], &[]);
    assert!(!found.iter().any(|found| found.starts_with("secret-")), "{found:?}");
}

#[test]
fn l09_scripts_that_drop_errors_or_quotes_are_found() {
    assert_marked(&["B15"], 2, "mode=standalone");
    let chart = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/seed_chart");
    let found = lint(&chart, &[]);
    assert_found(&found, "redis-password-unquoted templates/statefulset.yaml:");
    assert_found(&found, "redis-test-always-passes templates/others.yaml:");
}

#[test]
fn l10_a_label_of_the_users_that_the_template_writes_as_well_is_found() {
    let template = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  labels:\n    app: a\n    {{- toYaml .Values.podLabels | nindent 4 }}\n";
    let files = [("templates/a.yaml", template), ("values.yaml", "podLabels: {}\n")];
    let found = lint_files(&files, &["--set", "podLabels.app=b"]);
    assert_found(&found, "duplicate-key templates/a.yaml:7 ");
    let found = lint_files(&files, &["--set", "podLabels.tier=b"]);
    assert!(!found.iter().any(|found| found.starts_with("duplicate-key")), "{found:?}");
}

#[test]
fn l11_values_that_nothing_reads_are_found_wherever_they_stand() {
    let template = "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n  labels: {team: {{ .Values.team | default \"x\" }}}\nspec:\n  clusterIP: None\n  ports:\n    - port: {{ .Values.service.port }}\n";
    let values = "service:\n  port: 6379\n  targetPort: 6379\nbackup:\n  schedule: daily\n";
    let scenario = "service:\n  port: 6380\nmetrics:\n  extraArgs: [--debug]\n";
    let files = [("templates/a.yaml", template), ("values.yaml", values), ("ci/big-values.yaml", scenario)];
    let found = lint_files(&files, &[]);
    assert_found(&found, "unread-value values.yaml:3 no template reads `service.targetPort`");
    assert_found(&found, "unread-value values.yaml:4 no template reads `backup");
    assert_found(&found, "unread-setting ci/big-values.yaml:3 `metrics");
    assert_found(&found, "undocumented-value templates/a.yaml:5 `team`");
    assert!(!found.iter().any(|found| found.contains("`service.port`")), "{found:?}");
}

#[test]
fn l12_a_map_that_older_releases_lack_is_a_hazard_where_its_fields_are_read() {
    let template =
        |guard: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  a: {{{{ {guard} }}}}\n");
    let values = ("values.yaml", "rbac:\n  create: true\n");
    let found = lint_files(&[("templates/a.yaml", &template(".Values.rbac.create | quote")), values], &[]);
    assert_found(&found, "unguarded-values-map templates/a.yaml:6 this fails where `rbac` is missing");
    let found = lint_files(&[("templates/a.yaml", &template("(.Values.rbac).create | quote")), values], &[]);
    assert!(!found.iter().any(|found| found.starts_with("unguarded")), "{found:?}");
}

#[test]
fn l19_make_targets_that_the_readme_names_and_the_makefile_lacks_are_found() {
    let missing =
        ["backup-all", "rdb-download", "verify", "pvc-snapshot", "replication-status", "lag", "all-namespaces"];
    let mut readme = "# c\n\n    make -f ops/c.mk ping\n".to_owned();
    missing.iter().for_each(|target| readme.push_str(&format!("    make -f ops/c.mk {target}\n")));
    let files = [("README.md", readme.as_str()), ("ops/c.mk", "ping:\n\techo pong\n"), ("templates/NOTES.txt", "x\n")];
    let found = lint_files(&files, &[]);
    let told: Vec<&String> = found.iter().filter(|found| found.starts_with("missing-make-target")).collect();
    assert_eq!(told.len(), missing.len(), "{told:?}");
    for (number, target) in (4..).zip(missing) {
        assert_found(&found, &format!("missing-make-target README.md:{number} `ops/c.mk` has no target `{target}`"));
    }
}
