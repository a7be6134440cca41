//! `chartwright ops operator`: what it prints, what it leaves with, and that its scripts do what they say.
//!
//! The scripts run against a stand-in for kubectl that plays a cluster: it answers from files and writes down its words.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("chartwright-operator-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        fs::write(&path, text).expect("a file");
        path.to_string_lossy().into_owned()
    }

    fn program(&self, name: &str, text: &str) -> String {
        let path = self.file(name, text);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it may run");
        path
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap_or_default()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn operator(words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chartwright"));
    command.args(["ops", "operator"]).args(words).env_remove("HELM_NAMESPACE");
    command.output().expect("it runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn printed(words: &[&str]) -> String {
    let output = operator(words);
    assert_eq!(output.status.code(), Some(0), "{words:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

const RUNBOOKS: [&str; 4] = ["snapshot", "operator-upgrade", "redis-upgrade", "sentinel"];

/// A cluster of three that answers what `state` holds, one `WORD: reply` a line; the first word that the call has is taken.
const KUBECTL: &str = r#"#!/bin/sh
printf '%s\n' "$*" >> "$STAND/calls"
case "$*" in
  *'apply -f -'*) cat >> "$STAND/applied"; exit 0 ;;
  *patch*) echo patched; touch "$STAND/patched"; exit 0 ;;
  *annotate*) touch "$STAND/approved"; exit 0 ;;
esac
while IFS='|' read -r word reply; do
  case "$*" in *"$word"*) printf '%b\n' "$reply"; exit 0 ;; esac
done < "$STAND/state"
exit 0
"#;

const STATE: &str = "\
.status.phase}|Healthy
.spec.instances}|3
.status.readyInstances}|3
.status.currentPrimary}|cache-0
.spec.authSecret.name}|cache-auth
.spec.imageName}|redis:7.2.0
.spec.mode}|standalone
items[*].metadata.uid|a b c
items[*].metadata.name|cache-0 cache-1 cache-2
redis-cli cache-auth ping|PONG
redis-cli cache-auth info server|redis_version:7.2.5
";

struct Stand {
    folder: Folder,
    kubectl: String,
}

impl Stand {
    fn new(name: &str, state: &str) -> Stand {
        let folder = Folder::new(name);
        folder.file("state", state);
        let kubectl = folder.program("kubectl", KUBECTL);
        folder.program("helm", "#!/bin/sh\nprintf 'helm %s\\n' \"$*\" >> \"$STAND/calls\"\n");
        Stand { folder, kubectl }
    }

    /// Runs a script, and gives exit code, output and what went to kubectl.
    fn run(&self, runbook: &str, words: &[&str]) -> (Option<i32>, String, String) {
        let script = printed(&["script", runbook, "--cluster", "cache", "-n", "data"]);
        let script = self.folder.file("script.sh", &script);
        let output = Command::new("sh")
            .arg(script)
            .args(["--dir", &self.folder.0.join("out").to_string_lossy(), "--timeout", "0"])
            .args(words)
            .env("KUBECTL", &self.kubectl)
            .env("HELM", self.folder.0.join("helm"))
            .env("STAND", &self.folder.0)
            .env("PATH", "/usr/bin:/bin")
            .output()
            .expect("it runs");
        let told = format!("{}{}", text(&output.stdout), text(&output.stderr));
        (output.status.code(), told, self.folder.read("calls"))
    }
}

#[test]
fn every_runbook_is_a_page_and_a_script_that_shellcheck_likes() {
    let names = printed(&["list", "--format", "names"]);
    assert_eq!(names.lines().collect::<Vec<_>>(), RUNBOOKS);
    let folder = Folder::new("shellcheck");
    let has_shellcheck = Command::new("shellcheck").arg("--version").output().is_ok();
    for name in RUNBOOKS {
        let page = printed(&["show", name]);
        assert!(page.starts_with(&format!("# {name}\n\n")), "{page}");
        let script = printed(&["script", name, "--cluster", "it's; reboot"]);
        let file = folder.file("script.sh", &script);
        let syntax = Command::new("sh").args(["-n", &file]).output().expect("sh runs");
        assert!(syntax.status.success(), "{name}: {}", text(&syntax.stderr));
        if has_shellcheck {
            let found = Command::new("shellcheck").arg(&file).output().expect("it runs");
            assert!(found.status.success(), "{name}:\n{}", text(&found.stdout));
        }
    }
}

#[test]
fn k06_no_runbook_approves_with_anything_but_true_and_none_asks_without_the_password() {
    for name in RUNBOOKS {
        let script = printed(&["script", name]);
        let approvals = script.lines().filter(|line| line.contains("approve-primary-update="));
        assert!(approvals.clone().count() > 0, "{name}");
        for line in approvals {
            assert!(line.contains("approve-primary-update=true --overwrite"), "{line}");
        }
        assert!(!script.contains(" -a "), "{name}: a password on a command line");
        let plain = script.lines().filter(|line| line.contains("redis-cli") && !line.trim_start().starts_with('#'));
        for line in plain {
            let is_known = ["exec redis-cli", "\"$redis_cli\" redis-cli", "redis_cli=", "redis-cli could not be run"];
            assert!(is_known.iter().any(|known| line.contains(known)), "{name}: {line}");
        }
    }
}

#[test]
fn a_redis_upgrade_patches_waits_asks_every_pod_and_compares() {
    let stand = Stand::new("upgrade", STATE);
    let (code, told, calls) = stand.run("redis-upgrade", &["--image", "redis:7.2.5", "--patience", "0"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(calls.contains(
        "-n data patch redisclusters.redis.io cache --type merge -p {\"spec\":{\"imageName\":\"redis:7.2.5\"}}\n"
    ));
    for pod in ["cache-0", "cache-1", "cache-2"] {
        assert!(told.contains(&format!("{pod}: Redis 7.2.5")), "{told}");
    }
    let out = stand.folder.0.join("out");
    for when in ["before", "after"] {
        for what in ["clusters", "pods", "primaries", "events"] {
            assert!(out.join(format!("{what}-{when}.txt")).exists(), "{what}-{when}");
        }
    }
}

#[test]
fn an_older_release_line_and_a_new_one_without_backup_change_nothing() {
    let state = STATE.replace("redis:7.2.0", "redis:7.4.1");
    let stand = Stand::new("older", &state);
    let (code, told, calls) = stand.run("redis-upgrade", &["--image", "redis:7.2.5"]);
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("is of an older release line than redis:7.4.1"), "{told}");
    assert!(!calls.contains("patch"), "{calls}");
    let stand = Stand::new("major", STATE);
    let (code, told, calls) = stand.run("redis-upgrade", &["--image", "redis:7.4"]);
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("another release line without a backup"), "{told}");
    assert!(told.contains("failed: nothing was changed. Next: mend the backup"), "{told}");
    assert!(!calls.contains("patch"), "{calls}");
    let (code, told, _) = Stand::new("ancient", STATE).run("redis-upgrade", &["--image", "redis:6.2"]);
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("Redis before 7.0 does not start here"), "{told}");
}

#[test]
fn a_backup_that_failed_ends_the_upgrade_and_is_called_none() {
    let state = format!("{STATE}.status.error}}|no credentials\n");
    let state = state.replacen(".status.phase}|Healthy\n", "", 1);
    let state = format!(
        "redisbackups.redis.io pre-upgrade|Failed\nget redisclusters.redis.io cache -o jsonpath={{.status.phase|Healthy\n{state}"
    );
    let stand = Stand::new("backup", &state);
    let (code, told, calls) =
        stand.run("operator-upgrade", &["--chart", "./chart", "--bucket", "b", "--region", "eu-central-1"]);
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("failed: Failed") || told.contains("failed: no credentials"), "{told}");
    assert!(!told.contains("is Completed"), "{told}");
    assert!(!calls.contains("helm"), "{calls}");
    let applied = stand.folder.read("applied");
    assert!(applied.contains("kind: RedisBackup") && applied.contains("region: \"eu-central-1\""), "{applied}");
}

#[test]
fn a_supervised_primary_is_approved_only_where_somebody_says_so() {
    let state = format!("PrimaryUpdateWaiting|True\n{}", STATE.replace("phase}|Healthy", "phase}|WaitingForUser"));
    let script = printed(&["script", "redis-upgrade", "--cluster", "cache", "-n", "data"]);
    assert!(script.contains("redis.io/approve-primary-update=true --overwrite"));
    let stand = Stand::new("supervised", &state);
    let (code, told, calls) = stand.run("redis-upgrade", &["--image", "redis:7.2.5"]);
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("`WaitingForUser` with 3 of 3 instances: mend that first"), "{told}");
    assert!(!calls.contains("annotate"), "{calls}");
}

#[test]
fn an_operator_upgrade_keeps_new_defaults_and_asks_with_the_password() {
    let stand = Stand::new("operator", STATE);
    let (code, told, calls) =
        stand.run("operator-upgrade", &["--chart", "./chart", "--tag", "0.2.6", "--patience", "0"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(calls.contains(
        "helm upgrade redis-operator ./chart --namespace redis-system --reset-then-reuse-values --set image.tag=0.2.6 --wait\n"
    ));
    assert!(calls.contains("-n data exec cache-0 -c redis -- sh -c secret=$1"), "{calls}");
    let at = |text: &str| calls.find(text).unwrap_or_else(|| panic!("{text}: {calls}"));
    assert!(at("get pods -A -l redis.io/cluster -o wide") < at("helm upgrade"));
}

#[test]
fn k10_the_move_to_sentinel_is_one_patch_and_is_refused_with_tls_and_without_primary() {
    let stand = Stand::new("sentinel", STATE);
    let (code, told, calls) = stand.run("sentinel", &[]);
    assert_eq!(code, Some(0), "{told}");
    assert!(calls.contains("-p {\"spec\":{\"mode\":\"sentinel\",\"instances\":3}}"), "{calls}");
    for (name, state, why) in [
        ("tls", format!(".spec.tlsSecret.name}}|tls\n{STATE}"), "TLS is on"),
        ("alone", STATE.replace("|cache-0\n", "|\n"), "no primary is named"),
        ("cluster", STATE.replace("|standalone", "|cluster"), "only standalone clusters can move"),
    ] {
        let stand = Stand::new(name, &state);
        let (code, told, calls) = stand.run("sentinel", &[]);
        assert_eq!(code, Some(2), "{name}: {told}");
        assert!(told.contains(why), "{name}: {told}");
        assert!(!calls.contains("patch"), "{name}: {calls}");
    }
}

#[test]
fn a_dry_run_prints_the_calls_and_makes_none() {
    for name in RUNBOOKS {
        let stand = Stand::new(&format!("dry-{name}"), STATE);
        let script = printed(&["script", name, "--cluster", "cache", "-n", "data"]);
        let script = stand.folder.file("script.sh", &script);
        let output = Command::new("sh")
            .args([&script, "--dry-run"])
            .env("KUBECTL", &stand.kubectl)
            .env("HELM", stand.folder.0.join("helm"))
            .env("STAND", &stand.folder.0)
            .current_dir(&stand.folder.0)
            .output()
            .expect("it runs");
        assert_eq!(output.status.code(), Some(0), "{name}: {}", text(&output.stderr));
        assert_eq!(stand.folder.read("calls"), "", "{name}");
        assert!(text(&output.stdout).contains("get redisclusters.redis.io"), "{name}: {}", text(&output.stdout));
        assert!(!Path::new(&stand.folder.0.join("operator-snapshots")).exists(), "{name}");
    }
}

#[test]
fn a_script_refuses_words_that_it_does_not_know() {
    let stand = Stand::new("words", STATE);
    let (code, told, calls) = stand.run("snapshot", &["--wen", "after"]);
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("found `--wen`, expected one of the parameters that --help lists"), "{told}");
    assert_eq!(calls, "");
}

#[test]
fn k08_snapshots_in_one_folder_are_told_apart_and_what_is_bad_is_the_exit_code() {
    let folder = Folder::new("compare");
    let clusters = |phase: &str| {
        format!(
            "NAMESPACE   NAME    INSTANCES   READY   PHASE      PRIMARY   AGE\ndata        cache   1           1       {phase:8}   cache-0   5d\n"
        )
    };
    folder.file("clusters-before.txt", &clusters("Healthy"));
    folder.file("clusters-after.txt", &clusters("Healthy"));
    let path = folder.0.to_string_lossy().into_owned();
    assert_eq!(printed(&["compare", &path, &path]), "0 bad, 0 to know\n");
    folder.file("clusters-after.txt", &clusters("Degraded"));
    let output = operator(&["compare", &path, &path]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stdout).starts_with("1 bad, 0 to know\nBAD data/cache: the phase is `Degraded`"),
        "{output:?}"
    );
    let json = text(&operator(&["compare", &path, &path, "--format", "json"]).stdout);
    assert!(json.contains("\"isBad\": true"), "{json}");
    let odd = folder.file("odd.txt", "hello\n");
    let output = operator(&["compare", &odd, &path]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("found `hello`, expected clusters, pods, primaries or events"), "{output:?}");
}

#[test]
fn k09_two_files_of_definitions_are_compared() {
    let folder = Folder::new("crds");
    let crd = |words: &str| {
        format!(
            "kind: CustomResourceDefinition\napiVersion: apiextensions.k8s.io/v1\nmetadata: {{name: as.g}}\nspec:\n  group: g\n  \
             names: {{kind: A, plural: as}}\n  scope: Namespaced\n  versions:\n  - name: v1\n    schema: {{openAPIV3Schema: \
             {{type: object, properties: {{spec: {{type: string, enum: [{words}]}}}}}}}}\n"
        )
    };
    let (old, new) =
        (folder.file("old.yaml", &crd("a, b")), folder.file("new.yaml", &format!("# new\n---\n{}", crd("a"))));
    assert_eq!(printed(&["crds", &new, &old]), "nothing that is stored breaks\n");
    let output = operator(&["crds", &old, &new]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stdout).starts_with("as.g v1 spec: no longer allowed: \"b\" [words-narrowed]\n"),
        "{output:?}"
    );
    let output = operator(&["crds", &folder.file("none.yaml", "kind: Pod\n"), &new]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn k01_manifests_are_printed_and_what_the_operator_refuses_is_not() {
    let prod = concat!(env!("CARGO_MANIFEST_DIR"), "/chart/values-prod-master-replica.yaml");
    let given = ["-f", prod, "--set", "redis.existingSecret=redis-auth", "--release", "shop", "-n", "data"];
    let manifests = printed(
        &[&["manifests", "--destination", "s3://backups/shop", "--credentials", "s3"], given.as_slice()].concat(),
    );
    for kind in ["RedisCluster", "RedisBackup", "RedisScheduledBackup"] {
        assert!(manifests.contains(&format!("\nkind: {kind}\n")), "{manifests}");
    }
    assert!(manifests.contains("    s3:\n      bucket: backups\n      path: shop\n"), "{manifests}");
    let report = printed(&[&["report"], given.as_slice()].concat());
    assert!(report.starts_with("Release shop -> RedisCluster shop-redis-rc: "), "{report}");
    assert!(
        printed(&[&["report", "--format", "markdown"], given.as_slice()].concat()).starts_with("# From release `shop`")
    );
    assert!(
        printed(&[&["report", "--format", "json"], given.as_slice()].concat())
            .starts_with("{\n  \"release\": \"shop\"")
    );
    let output = operator(&["manifests", "--destination", "s3://b", "--schedule", "0 0 31 2 *"]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    assert!(text(&output.stderr).contains("cron expression has no upcoming occurrences"), "{output:?}");
    for words in [
        ["manifests", "--destination", "ftp://b"],
        ["manifests", "--cluster", "A_b"],
        ["show", "nothing", "--sentinel"],
    ] {
        assert_eq!(operator(&words).status.code(), Some(2), "{words:?}");
    }
}
