"""The built-in factors: every module here is read, every public function in it is a column of the feature store."""
