variable "operator" {}

resource "aws_iam_group_policy" "g" {
  group  = "g"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Deny", Action = "*", Resource = "*", Condition = { (var.operator) = { "aws:MultiFactorAuthPresent" = "false" } } }] })
}
