# The blocks that follow from known values, and lists of which only one can be there.
data "aws_iam_policy_document" "guard" {
  dynamic "statement" {
    for_each = ["Bool"]
    content {
      effect        = "Deny"
      actions       = ["s3:*"]
      resources     = ["*"]
      dynamic "condition" {
        for_each = [statement.value]
        content {
          test     = condition.value
          variable = "aws:MultiFactorAuthPresent"
          values   = ["false"]
        }
      }
    }
  }
  dynamic "statement" {
    for_each = var.more_statements
    content {
      actions       = statement.value.actions
      not_actions   = statement.value.not_actions
      resources     = statement.value.resources
      not_resources = statement.value.not_resources
    }
  }
}

variable "more_statements" {
  default = {}
}

resource "aws_iam_group_policy" "guard" {
  group  = "g"
  policy = "${data.aws_iam_policy_document.guard.json}"
}
