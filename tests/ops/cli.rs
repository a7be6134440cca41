//! The command line: what `chartwright ops` prints, and what it refuses.

use std::io::Write;
use std::process::{Command, Output, Stdio};

fn ops(words: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chartwright"));
    command.arg("ops").args(words).env_remove("HELM_NAMESPACE");
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.expect("the program");
    child.stdin.take().expect("standard input").write_all(input.as_bytes()).expect("it reads");
    child.wait_with_output().expect("an end")
}

fn printed(words: &[&str], input: &str) -> String {
    let output = ops(words, input);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn a_list_is_for_people_for_scripts_and_for_programs() {
    let names = printed(&["list", "--format", "names"], "");
    assert!(names.lines().any(|name| name == "restore"), "{names}");
    let text = printed(&["list"], "");
    assert!(text.contains("\nbackup\n") && text.contains("so that it stays (asks first)\n"), "{text}");
    let json: serde_json::Value = serde_json::from_str(&printed(&["list", "--format", "json"], "")).expect("JSON");
    assert_eq!(json.as_array().map(Vec::len), Some(names.lines().count()));
}

#[test]
fn what_helm_get_values_prints_describes_the_release() {
    let values = "USER-SUPPLIED VALUES:\nfullnameOverride: cache\nredis:\n  existingSecret: auth\n";
    let words = ["script", "backup-rdb", "--values-from", "-", "--release", "shop", "-n", "prod"];
    let script = printed(&words, values);
    for line in ["namespace='prod'", "release='shop'", "fullname='cache'", "secret='auth'"] {
        assert!(script.lines().any(|one| one == line), "{line}: {script}");
    }
    let none = printed(&["show", "redis-health", "--values-from", "-"], "USER-SUPPLIED VALUES:\nnull\n");
    assert!(none.starts_with("# health\n") && none.contains("release redis in the namespace default"), "{none}");
}

#[test]
fn what_cannot_be_done_leaves_with_2_and_says_what_can() {
    for (words, said) in [
        (&[][..], "expected an action: list, show, script, makefile"),
        (&["lst"], "found action `lst`, expected one of list, show, script, makefile"),
        (&["show"], "expected the name of a procedure"),
        (&["show", "restroe"], "found procedure `restroe`, expected one of those that there are"),
        (&["list", "health"], "found 2 words behind ops, which are too many"),
        (&["script", "health", "--set", "mode=cluster"], "values of the release are wrong"),
        (&["script", "health", "--release", "A_b"], "A_b"),
        (&["script", "health", "--nme", "x"], "unknown flag: --nme"),
    ] {
        let output = ops(words, "");
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{words:?}: {text}");
        assert!(text.contains(said), "{words:?}: {text}");
    }
}
