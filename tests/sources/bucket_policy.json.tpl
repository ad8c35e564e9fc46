{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "${bucket_arn}/*",
      "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}}
  ]
}
