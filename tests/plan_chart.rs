//! Plans of our own chart: between two versions, and from each shape to each other.

use chartwright::plan::{ConcernCode, Outcome, Plan, Settings, Side, Verdict, plan};
use chartwright::{Chart, Compiled, Layer, Options, Values};

fn chart(version: Option<&str>) -> Compiled {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/chart");
    let chart = Chart::load(folder).expect("our chart loads");
    let files = chart.raw().iter().map(|file| {
        let mut data = file.data.to_vec();
        if let (Some(version), "Chart.yaml") = (version, &*file.name) {
            let text = String::from_utf8_lossy(&data).into_owned();
            let own = format!("version: {}", chart.metadata().version);
            assert!(text.contains(&own));
            data = text.replacen(&own, &format!("version: {version}"), 1).into_bytes();
        }
        (file.name.to_string(), data)
    });
    Compiled::new(&Chart::from_files(files.collect::<Vec<_>>()).expect("our chart loads from its files"))
}

fn side(version: Option<&str>, set: &str, is_upgrade: bool) -> Side {
    let values = Values::build(&[Layer::Set(set.into())]).expect("the values are well formed");
    let options = || {
        let mut options = Options::new().name("r").namespace("prod");
        options.release.is_upgrade = is_upgrade;
        options
    };
    let side = Side::of_chart("chart", chart(version), values, options(), &options());
    assert!(side.is_whole(), "{set}: {:?}", side.problems);
    side
}

fn planned(old: &str, new: &str) -> Plan {
    plan(&side(None, old, false), &side(None, new, true), &Settings::default())
}

fn codes(plan: &Plan) -> Vec<ConcernCode> {
    let mut codes: Vec<ConcernCode> = plan.concerns.iter().map(|concern| concern.code).collect();
    codes.dedup();
    codes
}

#[test]
fn p19_another_version_of_the_chart_is_safe_and_restarts_nothing() {
    for set in ["mode=standalone", "mode=replica", "mode=replica,redis.password=secret-one-1"] {
        let plan = plan(&side(None, set, false), &side(Some("9.9.9"), set, true), &Settings::default());
        assert_eq!((plan.outcome, plan.exit_code()), (Outcome::Safe, 0), "{set}: {:?}", plan.concerns);
        assert_eq!(plan.restarts, []);
        let verdicts: Vec<Verdict> = plan.objects.iter().map(|object| object.verdict).collect();
        let is_good = |verdict: &Verdict| matches!(verdict, Verdict::LabelOnly | Verdict::Unchanged);
        assert!(verdicts.iter().all(is_good) && verdicts.contains(&Verdict::LabelOnly), "{set}: {verdicts:?}");
    }
}

#[test]
fn the_same_values_change_nothing() {
    let plan = planned("mode=replica", "mode=replica");
    assert_eq!((plan.outcome, plan.exit_code()), (Outcome::Nothing, 0), "{:?}", plan.concerns);
}

#[test]
fn p05_more_servers_keep_the_data_and_fewer_leave_volumes_behind() {
    let grown = planned("mode=standalone", "mode=replica");
    assert_eq!(codes(&grown), [ConcernCode::WriteOutage], "{:?}", grown.concerns);
    let shrunk = planned("mode=replica", "mode=standalone");
    let wanted =
        [ConcernCode::OrphanedVolume, ConcernCode::WriteOutage, ConcernCode::Outage, ConcernCode::Availability];
    assert_eq!(codes(&shrunk), wanted, "{:?}", shrunk.concerns);
    for plan in [grown, shrunk] {
        assert!(
            plan.claims
                .iter()
                .any(|claim| claim.name == "data-r-redis-0" && claim.fate == chartwright::plan::ClaimFate::Kept)
        );
        assert!(plan.objects.iter().all(|object| object.rejections.is_empty()), "{:?}", plan.concerns);
    }
}

#[test]
fn p04_what_cannot_change_is_refused_with_the_way_out() {
    let plan = planned("mode=standalone", "mode=standalone,persistence.size=20Gi");
    assert_eq!((plan.outcome, plan.exit_code()), (Outcome::Refused, 1), "{:?}", plan.concerns);
    let commands: Vec<&String> = plan.concerns.iter().flat_map(|concern| &concern.commands).collect();
    assert!(commands.iter().any(|command| command.contains("--cascade=orphan")), "{commands:?}");
}

#[test]
fn another_name_is_another_release_for_the_data() {
    let plan = planned("mode=standalone", "mode=standalone,fullnameOverride=cache");
    assert_eq!(plan.outcome, Outcome::DataAtRisk, "{:?}", plan.concerns);
    assert!(codes(&plan).contains(&ConcernCode::OrphanedVolume));
}
