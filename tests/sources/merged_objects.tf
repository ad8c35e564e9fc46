locals {
  base = { Effect = "Deny", Action = "*", Resource = "*" }
}

resource "aws_iam_group_policy" "g" {
  group  = "g"
  policy = jsonencode({ Version = "2012-10-17", Statement = [merge(local.base, { Condition = { Bool = { "aws:MultiFactorAuthPresent" = "false" } } })] })
}
