//! The whole in one word, and the exit code.
//!
//! In: a plan, after what the user accepts was taken out. Out: [`Outcome`], and 0, 1 or 2.

use crate::plan::model::*;

impl Plan {
    /// How bad it is, of what is left after ignores.
    pub fn judged(&self) -> Outcome {
        let is_whole = self.old.problems.is_empty() && self.new.problems.is_empty();
        let told = self.concerns.iter().map(|concern| concern.code.outcome());
        // Whoever refuses an object tells it, too; where that was forgotten it counts all the same.
        let refused = self.objects.iter().filter(|object| !object.rejections.is_empty()).filter(|object| {
            let is_it =
                |concern: &Concern| concern.code == ConcernCode::Refused && concern.object.as_ref() == Some(&object.id);
            !self.concerns.iter().chain(self.accepted.iter().map(|accepted| &accepted.concern)).any(is_it)
        });
        let changes = self.objects.iter().any(|object| self.counts(object));
        let all = told
            .chain(refused.map(|_| Outcome::Refused))
            .chain((!is_whole).then_some(Outcome::Unknown))
            .chain(changes.then_some(Outcome::Safe));
        all.max().unwrap_or_default()
    }

    /// Whether an object changes by more than what is ignored.
    pub fn counts(&self, object: &ObjectPlan) -> bool {
        object.verdict != Verdict::Unchanged && !self.is_ignored(object)
    }

    /// Whether all that changes of an object is ignored.
    pub fn is_ignored(&self, object: &ObjectPlan) -> bool {
        let is_changed = !matches!(object.verdict, Verdict::Added | Verdict::Removed | Verdict::Orphaned);
        is_changed
            && object.changes.is_empty()
            && object.rejections.is_empty()
            && self.ignored.iter().any(|ignored| ignored.object == object.id)
    }

    /// The exit code of a command that made this plan: 0 where nothing changes or pods restart one after the other and
    /// that is all, 1 where somebody must look, 2 where there is no plan because a side cannot be read or rendered.
    ///
    /// ```
    /// use chartwright::plan::{Concern, ConcernCode, Plan};
    /// let mut plan = Plan::default();
    /// assert_eq!(plan.exit_code(), 0);
    /// plan.concerns.push(Concern::new(ConcernCode::WriteOutage, "nothing can be written while the master restarts"));
    /// assert_eq!(plan.exit_code(), 1);
    /// ```
    pub fn exit_code(&self) -> u8 {
        match self.judged() {
            Outcome::Nothing | Outcome::Safe => 0,
            Outcome::Attention | Outcome::DataAtRisk | Outcome::Refused => 1,
            Outcome::Unknown => 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::shown::ignore::{Ignores, apply};

    fn with(codes: &[ConcernCode]) -> Plan {
        let concerns = codes.iter().map(|code| Concern::new(*code, "x")).collect();
        Plan { concerns, ..Plan::default() }
    }

    #[test]
    fn each_thing_that_needs_somebody_makes_it_1_and_notes_do_not() {
        for code in [
            ConcernCode::Refused,
            ConcernCode::DataLoss,
            ConcernCode::RollbackUnsafe,
            ConcernCode::OrphanedVolume,
            ConcernCode::OrphanedObject,
            ConcernCode::WriteOutage,
            ConcernCode::ManualStep,
            ConcernCode::Unknown,
        ] {
            assert_eq!(with(&[ConcernCode::Note, code]).exit_code(), 1, "{code:?}");
        }
        assert_eq!(with(&[ConcernCode::Note, ConcernCode::NoiseRestart]).exit_code(), 0);
        assert_eq!(with(&[ConcernCode::Refused, ConcernCode::CannotRender]).exit_code(), 2);
    }

    #[test]
    fn the_code_follows_after_ignores() {
        let mut plan = with(&[ConcernCode::WriteOutage, ConcernCode::OrphanedVolume]);
        let mut ignores = Ignores::default();
        ignores.flag("code=write-outage").expect("a rule");
        apply(&mut plan, &ignores);
        assert_eq!(plan.exit_code(), 1);
        let mut ignores = Ignores::default();
        ignores.flag("code=orphaned-volume").expect("a rule");
        apply(&mut plan, &ignores);
        assert_eq!((plan.exit_code(), plan.judged()), (0, Outcome::Safe.min(plan.judged())));
    }

    #[test]
    fn a_side_with_problems_makes_no_plan() {
        let mut plan = Plan::default();
        plan.old.problems.push(Problem { message: "bad".into(), place: None, help: None });
        assert_eq!((plan.judged(), plan.exit_code()), (Outcome::Unknown, 2));
    }
}
