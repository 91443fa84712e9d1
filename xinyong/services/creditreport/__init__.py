"""公共信用信息报告: facts of one subject, numbered, signed, verifiable; no score."""
