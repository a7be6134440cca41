//! What renders leave behind in memory. A test by itself: others in the process would be counted with it.
#![cfg(target_os = "linux")]

use chartwright::{Chart, Options, Values, render};

/// What this process holds in memory, in KiB; `None` where the system does not tell.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

#[test]
fn maps_that_hold_themselves_do_not_outlive_their_render() {
    let template = r#"{{ $d := dict }}{{ $_ := set $d "self" $d }}{{ $_ := set $d "l" (until 10000) }}a: {{ len $d }}"#;
    let files = [
        ("Chart.yaml".to_owned(), b"apiVersion: v2\nname: c\nversion: 0.1.0\n".to_vec()),
        ("templates/a.yaml".to_owned(), template.as_bytes().to_vec()),
    ];
    let chart = Chart::from_files(files).expect("the chart is good");
    let renders = |times: usize| {
        for _ in 0..times {
            let rendered = render(&chart, &Values::default(), &Options::new()).expect("it renders");
            assert!(rendered.text().ends_with("a: 2\n"));
        }
        resident().expect("Linux tells")
    };
    let before = renders(20);
    // Each holds 160 KB and more: leaked, two hundred would be 32 MB.
    let after = renders(200);
    assert!(after < before + 16_000, "{before} kB grew to {after} kB");
}
