//! What charts do on purpose is no finding. Each test is one way to do it that was seen in public charts, in a small
//! chart of our own, beside the mistake that it looks like, which still is found.

mod folder;

use folder::folder;
use std::process::Command;

/// The messages of a rule for a chart with these files, all its cases as installations and as upgrades.
fn found(files: &[(&str, &str)], rule: &str) -> Vec<String> {
    let head = ("Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.2.3\n");
    let has_head = files.iter().any(|(name, _)| *name == head.0);
    let dir = folder(files.iter().copied().chain((!has_head).then_some(head)));
    let output = Command::new(env!("CARGO_BIN_EXE_chartwright"))
        .args(["lint", ".", "--release-name", "r", "--format", "json", "--rule", rule])
        .current_dir(dir.path())
        .output()
        .expect("it runs");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a report");
    let findings = report["findings"].as_array().expect("findings");
    findings.iter().map(|finding| finding["message"].as_str().unwrap_or_default().to_owned()).collect()
}

/// A workload whose container has these lines.
fn workload(kind: &str, name: &str, annotations: &str, container: &str) -> String {
    let container: String = container.lines().map(|line| format!("          {line}\n")).collect();
    format!(
        "apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: {name}\n  annotations: {{{annotations}}}\nspec:\n  \
         selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata:\n      labels: {{app: {name}}}\n    \
         spec:\n      containers:\n        - name: main\n          image: example.com/web:1.0\n{container}",
        version = if kind == "Job" { "batch/v1" } else { "apps/v1" },
    )
}

const NEEDS_PASSWORD: &str = "\
env:
  - name: PASSWORD
    valueFrom: {secretKeyRef: {name: r-password, key: password}}
";

#[test]
fn a_secret_that_only_the_installation_makes_is_there_at_upgrades_if_helm_leaves_it() {
    let web = workload("Deployment", "r-web", "", NEEDS_PASSWORD);
    let secret = |annotation: &str| {
        format!(
            "{{{{- if .Release.IsInstall }}}}\napiVersion: v1\nkind: Secret\nmetadata:\n  name: r-password\n  \
             annotations: {{{annotation}}}\nstringData: {{password: x}}\n{{{{- end }}}}\n"
        )
    };
    for (annotation, findings) in [("helm.sh/resource-policy: keep", 0), ("helm.sh/hook: pre-install", 0), ("a: b", 1)]
    {
        let found =
            found(&[("templates/a.yaml", &web), ("templates/b.yaml", &secret(annotation))], "missing-reference");
        assert_eq!(found.len(), findings, "{annotation}: {found:?}");
    }
}

#[test]
fn a_secret_that_the_script_of_a_hook_makes_is_not_missing() {
    let web = workload("Deployment", "r-web", "", NEEDS_PASSWORD);
    let script = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: r-scripts\ndata:\n  make.sh: |\n    kubectl create secret generic r-password\n";
    let hook = |annotation| {
        let job = workload("Job", "r-make", annotation, "command: [sh, /scripts/make.sh]\n");
        format!("{job}      volumes:\n        - name: scripts\n          configMap: {{name: r-scripts}}\n")
    };
    let job = hook("helm.sh/hook: pre-install");
    let files = [("templates/a.yaml", web.as_str()), ("templates/b.yaml", script), ("templates/c.yaml", &job)];
    assert_eq!(found(&files, "missing-reference"), [""; 0]);
    // Without the Job nobody runs the script.
    assert_eq!(found(&files[..2], "missing-reference").len(), 1);
}

#[test]
fn a_certificate_of_the_first_api_of_cert_manager_makes_its_secret() {
    let web = workload("Deployment", "r-web", "", NEEDS_PASSWORD);
    let certificate = |name: &str| {
        format!(
            "apiVersion: certmanager.k8s.io/v1alpha1\nkind: Certificate\nmetadata:\n  name: cert\nspec:\n  secretName: {name}\n"
        )
    };
    for (name, findings) in [("r-password", 0), ("r-other", 1)] {
        let files = [("templates/a.yaml", web.as_str()), ("templates/b.yaml", &certificate(name))];
        assert_eq!(found(&files, "missing-reference").len(), findings, "{name}");
    }
}

#[test]
fn a_variable_that_names_a_workload_says_nothing_of_the_service_of_that_name() {
    let agent = workload("DaemonSet", "r-agent", "", "ports: [{name: stats, containerPort: 8125}]\n");
    let others = "apiVersion: v1\nkind: Service\nmetadata:\n  name: r-agent\nspec:\n  selector: {app: r-agent}\n  ports: [{port: 8125}]\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: r-web\nspec:\n  podSelector: {matchLabels: {app: r-web}}\n  policyTypes: [Egress]\n  egress:\n    - ports: [{port: 443}]\n";
    for (variable, findings) in [("AGENT_DAEMONSET", 0), ("AGENT_HOST", 1)] {
        let web = workload("Deployment", "r-web", "", &format!("env: [{{name: {variable}, value: r-agent}}]\n"));
        let files = [("templates/a.yaml", agent.as_str()), ("templates/b.yaml", others), ("templates/c.yaml", &web)];
        let found = found(&files, "policy-blocks-own-traffic");
        assert_eq!(found.len(), findings, "{variable}: {found:?}");
    }
}

#[test]
fn a_chart_label_without_a_version_may_stand_in_a_selector() {
    for (label, findings) in [("{{ .Chart.Name }}", 0), ("{{ .Chart.Name }}-{{ .Chart.Version }}", 1)] {
        let labels = format!("{{app: r-web, helm.sh/chart: \"{label}\"}}");
        let web = workload("Deployment", "r-web", "", "").replace("{app: r-web}", &labels);
        assert_eq!(found(&[("templates/a.yaml", &web)], "changing-selector").len(), findings, "{label}");
    }
}

#[test]
fn what_a_missing_subchart_would_have_is_not_missed() {
    let monitor = "apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata:\n  name: r-kid\nspec:\n  selector: {matchLabels: {app: kid, release: r}}\n  endpoints: [{port: http}]\n";
    let service =
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: r-web\nspec:\n  clusterIP: None\n  ports: [{port: 80}]\n";
    let mut files = vec![("templates/a.yaml", monitor), ("templates/b.yaml", service)];
    assert_eq!(found(&files, "monitor-selects-nothing").len(), 1);
    let needs = "apiVersion: v2\nname: c\nversion: 0.1.0\ndependencies:\n  - {name: kid, version: 1.0.0, repository: 'https://example.com'}\n";
    files.push(("Chart.yaml", needs));
    assert_eq!(found(&files, "monitor-selects-nothing"), [""; 0]);
}

#[test]
fn a_value_for_templates_of_users_is_read_by_them() {
    let template = "a: {{ tpl .Values.text . }}\n";
    let values = |example: &str| format!("# A template of your own.\n# {example}\ntext: ''\n\nown: {{}}\n");
    for (example, findings) in [("text: 'x-{{ .Values.own.tag }}'", 0), ("It may read .Values.own.", 1)] {
        let files = [("templates/a.yaml", template), ("values.yaml", &values(example))];
        assert_eq!(found(&files, "unread-value").len(), findings, "{example}");
    }
}
