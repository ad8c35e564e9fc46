data "aws_iam_policy_document" "old" {
  version = "2008-10-17"

  statement {
    actions   = ["iam:ListMFADevices"]
    resources = ["arn:aws:iam::*:user/&{aws:username}"]
  }
}
