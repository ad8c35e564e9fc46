//! The report on one user.

use super::exemption::exemption;
use super::held::{Holding, Signing};
use super::outlook::{Standing, requesters};
use super::report::{UserReport, Verdict, Way};
use super::setting::Setting;
use super::verdict::{Face, avoidable, face, of_faces, sentences};
use super::ways::Walker;
use crate::account::User;
use crate::policy::evaluate::Requester;
use crate::policy::reach::{self, Bound, Field};

/// Judges a user. The numbers are those of the roles that the user can assume without MFA.
pub(super) fn user(setting: &mut Setting<'_>, user: &User) -> (UserReport, Vec<usize>) {
    let identity = &user.identity;
    let holding = setting.holdings.of_user(&identity.arn, &identity.name);
    let exempt = setting.options.exempt_tag.as_deref();
    let mut report = UserReport {
        name: identity.name.clone(),
        arn: identity.arn.clone(),
        verdict: Verdict::Unknown,
        reasons: Vec::new(),
        credentials: holding.credentials.clone(),
        devices: holding.devices.clone(),
        has_device: holding.has_device,
        ways: Vec::new(),
        exemption: exempt.and_then(|key| exemption(&identity.tags, key, setting.options.today)),
    };
    let mut bindings = setting.land.of_user(user);
    let Some(requesters) = requesters(identity) else {
        report.reasons = vec!["the ARN cannot be read".to_owned()];
        return (report, Vec::new());
    };
    let field = &setting.land.field;
    let standing = setting.outlooks.of(field, &bindings.bound, requesters);
    if standing.outlook.is_cut {
        (bindings.missing).push("the policies are too large to be evaluated".to_owned());
    }
    let mut walk = Walk {
        setting,
        bound: &bindings.bound,
        standing: &standing,
        holding: &holding,
        ways: Vec::new(),
        roles: Vec::new(),
    };
    let certain = walk.faces(&holding.certain);
    let possible = walk.faces(&holding.possible);
    let (ways, roles) = (walk.ways, walk.roles);
    let faces = Faces {
        certain: certain.iter().collect(),
        all: certain.iter().chain(&possible).collect(),
        has_device: holding.has_device,
        is_powerless: is_powerless(setting, &standing) && roles.is_empty(),
    };
    settle(
        &mut report,
        &setting.land.field,
        &faces,
        bindings.missing,
        holding,
    );
    if report.verdict.is_open() {
        report.reasons.extend(avoidable(&bindings.bound));
    }
    report.ways = distinct(ways);
    (report, roles)
}

/// What the credentials can do that a user certainly has, and all that the user may have.
struct Faces<'f> {
    certain: Vec<&'f Face>,
    all: Vec<&'f Face>,
    has_device: Option<bool>,
    is_powerless: bool,
}

impl Faces<'_> {
    fn verdict(&self, faces: &[&Face]) -> Verdict {
        match of_faces(faces, self.has_device) {
            Verdict::NoCredentials => Verdict::NoCredentials,
            _ if self.is_powerless => Verdict::NoPermissions,
            verdict => verdict,
        }
    }
}

/// Puts the verdict and the reasons into the report. Where what is not known would change the verdict, it is unknown.
fn settle(
    report: &mut UserReport,
    field: &Field,
    faces: &Faces<'_>,
    missing: Vec<String>,
    holding: Holding,
) {
    let verdict = faces.verdict(&faces.certain);
    let lacks_only_services = verdict == Verdict::NoCredentials
        && (holding.possible.iter()).all(|signing| *signing == Signing::Service);
    let is_certain = verdict == faces.verdict(&faces.all) || lacks_only_services;
    let is_gap_of_device = verdict == Verdict::EnforcedWithGaps && holding.has_device.is_none();
    if missing.is_empty() && is_certain && !is_gap_of_device {
        report.verdict = verdict;
        report.reasons = sentences(field, &faces.certain);
        if lacks_only_services {
            report.reasons.extend(holding.unknown);
        }
    } else {
        report.reasons = missing;
        report.reasons.extend(holding.unknown);
        report.reasons.extend(sentences(field, &faces.all));
    }
}

/// Whether nothing is possible at any state.
fn is_powerless(setting: &Setting<'_>, standing: &Standing) -> bool {
    let possible = &standing.outlook.possible;
    possible.iter().all(|(_, set)| {
        let mut rest = set.clone();
        rest.remove_all(setting.land.field.session_token());
        rest.is_empty()
    })
}

/// Ways that differ only in what they are signed with are one.
fn distinct(ways: Vec<Way>) -> Vec<Way> {
    let mut all: Vec<Way> = Vec::new();
    for way in ways {
        if !all
            .iter()
            .any(|known| known.name == way.name && known.calls == way.calls)
        {
            all.push(way);
        }
    }
    all
}

/// The credentials of a user, looked at one after the other.
struct Walk<'w, 'a> {
    setting: &'w Setting<'a>,
    bound: &'w Bound,
    standing: &'w Standing,
    holding: &'w Holding,
    ways: Vec<Way>,
    roles: Vec<usize>,
}

impl Walk<'_, '_> {
    fn faces(&mut self, signings: &[Signing]) -> Vec<Face> {
        let faces = signings.iter().map(|signing| self.face(*signing));
        faces.collect()
    }

    fn face(&mut self, signing: Signing) -> Face {
        let setting = self.setting;
        let mut face = face(
            &setting.land,
            self.bound,
            self.standing,
            signing,
            &setting.expected,
        );
        let (requester, holding) = self.state(signing);
        let mut walker = Walker {
            field: &setting.land.field,
            roles: &setting.roles,
            bound: self.bound,
            holding,
            policies: self.bound.policy_set(),
            requester,
            possible: &face.possible,
            unexpected: &face.unexpected,
            signing,
            has_device: self.holding.has_device,
            others: &setting.others(&requester.caller().arn),
        };
        let found = walker.roles();
        let mut ways = Vec::new();
        if face.is_bound {
            ways.extend(walker.around_guard());
            ways.extend(walker.by_role(&found));
        }
        let is_administrator = setting.writes_policies(&face.possible);
        if !is_administrator {
            ways.extend(walker.to_administrator(&found));
        }
        face.has_way = !ways.is_empty();
        self.ways.extend(ways);
        self.roles.extend(found);
        face
    }

    /// The requests that are signed so, and the statements that apply to them.
    fn state(&self, signing: Signing) -> (&Requester, &reach::Holding) {
        let (requesters, holding) = (&self.standing.requesters, &self.standing.holding);
        match signing {
            Signing::Key | Signing::Service => (&requesters.absent, &holding.absent),
            Signing::Session | Signing::Password => (&requesters.without, &holding.without),
        }
    }
}
