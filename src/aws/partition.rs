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
    /// The region taken when only the partition is known.
    pub home_region: &'static str,
    prefixes: &'static [&'static str],
}

pub(crate) const PARTITIONS: [Partition; 8] = [
    Partition {
        name: "aws",
        dns_suffix: "amazonaws.com",
        home_region: "us-east-1",
        prefixes: &[],
    },
    Partition {
        name: "aws-cn",
        dns_suffix: "amazonaws.com.cn",
        home_region: "cn-northwest-1",
        prefixes: &["cn-"],
    },
    Partition {
        name: "aws-us-gov",
        dns_suffix: "amazonaws.com",
        home_region: "us-gov-west-1",
        prefixes: &["us-gov-"],
    },
    Partition {
        name: "aws-eusc",
        dns_suffix: "amazonaws.eu",
        home_region: "eusc-de-east-1",
        prefixes: &["eusc-"],
    },
    Partition {
        name: "aws-iso",
        dns_suffix: "c2s.ic.gov",
        home_region: "us-iso-east-1",
        prefixes: &["us-iso-"],
    },
    Partition {
        name: "aws-iso-b",
        dns_suffix: "sc2s.sgov.gov",
        home_region: "us-isob-east-1",
        prefixes: &["us-isob-"],
    },
    Partition {
        name: "aws-iso-e",
        dns_suffix: "cloud.adc-e.uk",
        home_region: "eu-isoe-west-1",
        prefixes: &["eu-isoe-"],
    },
    Partition {
        name: "aws-iso-f",
        dns_suffix: "csp.hci.ic.gov",
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
