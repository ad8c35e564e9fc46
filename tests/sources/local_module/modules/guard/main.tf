variable "exceptions" {}

variable "operator" {
  default = "BoolIfExists"
}

data "aws_iam_policy_document" "guard" {
  statement {
    effect      = "Deny"
    not_actions = var.exceptions
    resources   = ["*"]
    condition {
      test     = var.operator
      variable = "aws:MultiFactorAuthPresent"
      values   = ["false"]
    }
  }
}

output "policy" {
  value = data.aws_iam_policy_document.guard.json
}
