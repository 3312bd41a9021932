"""The Lambda function's package: shipped whole, as `lambda_src/`, in the artifact."""
