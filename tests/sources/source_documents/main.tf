data "aws_iam_policy_document" "all" {
  source_policy_documents = [
    data.aws_iam_policy_document.base.json,
    data.aws_iam_policy_document.devices.json,
  ]
}

resource "aws_iam_group_policy" "all" {
  group  = "admins"
  policy = data.aws_iam_policy_document.all.json
}
