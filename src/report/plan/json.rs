//! A plan for programs: one JSON object, described by schemas/plan.schema.json.

use crate::plan::Plan;
use schemars::SchemaGenerator;

/// The plan as JSON.
pub fn print(plan: &Plan) -> String {
    let mut text = serde_json::to_string_pretty(plan).unwrap_or_default();
    text.push('\n');
    text
}

/// The schema of the plan.
pub fn schema() -> serde_json::Value {
    SchemaGenerator::default().into_root_schema_for::<Plan>().to_value()
}
