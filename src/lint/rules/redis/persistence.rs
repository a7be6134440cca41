//! Where data are written, and whether they get there.

use super::server::{Server, Volume};
use super::{place, warn};
use crate::lint::rules::objects::number;
use crate::lint::{Findings, Rule};

pub(super) const ON_CONTAINER_LAYER: Rule = warn(
    "redis-data-on-container-layer",
    "Redis saves to a folder that no volume covers",
    "The container's own layer is gone with the container, counts as ephemeral storage, and cannot be written when the root is read-only.",
    "Mount a volume at the folder, or point `dir` at one; without persistence set `save \"\"` and appendonly no.",
);
pub(super) const NEVER_WRITTEN: Rule = warn(
    "redis-volume-never-written",
    "a claim is mounted for data that Redis never saves",
    "With `save \"\"` and appendonly no the volume stays empty, and a restart loses everything.",
    "Set appendonly to yes or give save points, or leave the volume out.",
);
pub(super) const SHORT_GRACE: Rule = warn(
    "redis-default-grace-period",
    "a server that saves at shutdown has the default grace period",
    "SIGTERM saves the data set first; after 30 seconds it is killed in the middle, and a large set takes longer.",
    "Set terminationGracePeriodSeconds to more than a save takes.",
);

pub(super) fn check(server: &Server<'_>, findings: &mut Findings) {
    let persists = server.persists();
    if let Some(folder) = server.data_folder() {
        let volume = server.volume_at(&folder);
        if persists == Some(true) && volume.is_none() {
            let message = format!("data are saved to `{folder}`, which no volume covers");
            match server.conf.last("dir") {
                Some(line) => place::on_line(findings, &ON_CONTAINER_LAYER, server, line, message),
                None => place::on_container(findings, &ON_CONTAINER_LAYER, server, "name", message),
            };
        }
        if let Some((Volume::OwnClaim | Volume::SharedClaim, way)) = volume.filter(|_| persists == Some(false)) {
            let message =
                format!("a claim is mounted at `{folder}`, and neither snapshots nor the append-only file are on");
            findings.on(&NEVER_WRITTEN, server.case, &server.workload.object, &way, message);
        }
    }
    // SIGTERM saves only while there are save points.
    let saves = server.conf.saves().unwrap_or(true) && !server.is_left_open("save") && server.is_known();
    if saves && number(&server.workload.spec, "terminationGracePeriodSeconds").is_none() && is_kept(server) {
        let message =
            "data are saved at shutdown, and `terminationGracePeriodSeconds` is not set, so 30 seconds are all";
        findings.on(&SHORT_GRACE, server.case, &server.workload.object, &server.workload.way(""), message);
    }
}

/// Whether data outlive the pod: else there is nothing to save.
fn is_kept(server: &Server<'_>) -> bool {
    let volume = server.data_folder().and_then(|folder| server.volume_at(&folder));
    matches!(volume, Some((Volume::OwnClaim | Volume::SharedClaim, _)))
}
