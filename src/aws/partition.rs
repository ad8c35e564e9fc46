//! AWS's partitions: which region belongs to which, its home region and DNS suffix.
//!
//! Never write `arn:aws:` by hand: a partition is always asked for.

/// One partition (<https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partition {
    /// As it stands in an ARN, e.g. `aws-us-gov`.
    pub name: &'static str,
    /// DNS suffix of its regional endpoints.
    pub dns_suffix: &'static str,
    /// DNS suffix of its dual-stack endpoints.
    pub dual_stack_suffix: &'static str,
    /// The region taken when only the partition is known.
    pub home_region: &'static str,
    prefixes: &'static [&'static str],
}

pub(crate) const PARTITIONS: [Partition; 8] = [
    Partition {
        name: "aws",
        dns_suffix: "amazonaws.com",
        dual_stack_suffix: "api.aws",
        home_region: "us-east-1",
        prefixes: &[],
    },
    Partition {
        name: "aws-cn",
        dns_suffix: "amazonaws.com.cn",
        dual_stack_suffix: "api.amazonwebservices.com.cn",
        home_region: "cn-northwest-1",
        prefixes: &["cn-"],
    },
    Partition {
        name: "aws-us-gov",
        dns_suffix: "amazonaws.com",
        dual_stack_suffix: "api.aws",
        home_region: "us-gov-west-1",
        prefixes: &["us-gov-"],
    },
    Partition {
        name: "aws-eusc",
        dns_suffix: "amazonaws.eu",
        dual_stack_suffix: "api.amazonwebservices.eu",
        home_region: "eusc-de-east-1",
        prefixes: &["eusc-"],
    },
    Partition {
        name: "aws-iso",
        dns_suffix: "c2s.ic.gov",
        dual_stack_suffix: "api.aws.ic.gov",
        home_region: "us-iso-east-1",
        prefixes: &["us-iso-"],
    },
    Partition {
        name: "aws-iso-b",
        dns_suffix: "sc2s.sgov.gov",
        dual_stack_suffix: "api.aws.scloud",
        home_region: "us-isob-east-1",
        prefixes: &["us-isob-"],
    },
    Partition {
        name: "aws-iso-e",
        dns_suffix: "cloud.adc-e.uk",
        dual_stack_suffix: "api.cloud-aws.adc-e.uk",
        home_region: "eu-isoe-west-1",
        prefixes: &["eu-isoe-"],
    },
    Partition {
        name: "aws-iso-f",
        dns_suffix: "csp.hci.ic.gov",
        dual_stack_suffix: "api.aws.hci.ic.gov",
        home_region: "us-isof-south-1",
        prefixes: &["us-isof-"],
    },
];

impl Partition {
    /// The partition with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        PARTITIONS.into_iter().find(|p| p.name == name)
    }

    /// Whether a region of this partition can have this name: `eu-central-1`, with the partition's own beginning.
    #[must_use]
    pub fn has_region(&self, region: &str) -> bool {
        let label = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
        let mut parts = region.rsplit('-');
        let numbered = parts
            .next()
            .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
        numbered
            && parts.clone().count() >= 2
            && parts.all(label)
            && Self::of_region(region).name == self.name
    }

    /// The partition that a region belongs to; `aws` for a region that no other claims.
    #[must_use]
    pub fn of_region(region: &str) -> Self {
        PARTITIONS
            .into_iter()
            .find(|p| p.prefixes.iter().any(|x| region.starts_with(x)))
            .unwrap_or(COMMERCIAL)
    }
}

/// The partition `aws`.
pub const COMMERCIAL: Partition = PARTITIONS[0];
