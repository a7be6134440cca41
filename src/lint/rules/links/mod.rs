//! What objects say of each other: selectors, ports, names of ConfigMaps.

mod affinity;
mod autoscaler;
mod checksum;
mod disruption;
mod immutable;
mod ingress;
mod long_names;
mod monitor;
mod network_policy;
mod ports;
mod references;
mod rights;
mod service;
mod stateful;

use crate::lint::Rule;

pub(crate) use self::service::served;

/// The rules of this group, a list per file.
pub(super) const RULES: &[&[Rule]] = &[
    service::RULES,
    monitor::RULES,
    network_policy::RULES,
    disruption::RULES,
    autoscaler::RULES,
    stateful::RULES,
    ingress::RULES,
    references::RULES,
    rights::RULES,
    ports::RULES,
    immutable::RULES,
    checksum::RULES,
    affinity::RULES,
    long_names::RULES,
];
