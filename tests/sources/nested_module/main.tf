module "policies" {
  source = "./policies"
  policy = data.aws_iam_policy_document.d.json
}

locals {
  actions = ["*"]
}
