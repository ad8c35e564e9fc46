resource "aws_s3_object" "same" {
  policy = <<-POLICY
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "DenyAllWithoutMFA",
          "Effect": "Deny",
          "NotAction": ["iam:EnableMFADevice", "iam:DeleteVirtualMFADevice", "sts:GetSessionToken"],
          "Resource": "*",
          "Condition": { "Bool": { "aws:MultiFactorAuthPresent": "false" } }
        },
        {
          "Effect": "Allow",
          "Action": "iam:CreateVirtualMFADevice",
          "Resource": "arn:aws:iam::*:mfa/$${aws:username}"
        }
      ]
    }
  POLICY
}
