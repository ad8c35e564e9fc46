module "guard" {
  source     = "./modules/guard"
  exceptions = ["iam:EnableMFADevice", "iam:GetMFADevice", "sts:GetSessionToken"]
  operator   = "Bool"
}

resource "aws_iam_group_policy" "guard" {
  group  = "admins"
  policy = module.guard.policy
}

resource "aws_iam_policy" "from_file" {
  policy = file("${path.module}/policies/admin.json")
}

resource "aws_iam_policy" "from_template" {
  policy = templatefile("${path.module}/policies/own.json.tftpl", {
    partition = "aws"
    account   = var.account
  })
}

locals {
  policies = [aws_iam_policy.from_file.arn, aws_iam_policy.from_template.arn]
}

resource "aws_iam_group_policy_attachment" "all" {
  for_each   = toset(local.policies)
  group      = "admins"
  policy_arn = each.value
}

resource "aws_iam_user_policy" "each" {
  for_each = { reader = "s3:Get*", writer = "s3:Put*" }
  user     = each.key
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = each.value
      Resource  = "*"
      Condition = { BoolIfExists = { "aws:MultiFactorAuthPresent" = "true" } }
    }]
  })
}

variable "account" {}
