//! Pages of AWS's documentation that several rules refer to.

/// What AWS says about the key.
pub(super) const PRESENT: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent";

/// What AWS says about `…IfExists`.
pub(super) const IF_EXISTS: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IfExists";

/// What AWS says about `Null`.
pub(super) const NULL: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Null";

/// What AWS says about operators.
pub(super) const OPERATORS: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html";
