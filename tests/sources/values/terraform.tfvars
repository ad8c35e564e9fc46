operator = "Bool"
