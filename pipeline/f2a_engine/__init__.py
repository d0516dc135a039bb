"""The truth about a data set, in shards: what a source and a stage are, and what runs them and resumes."""
