"""The origin: what a release holds is answered before Flask; Flask keeps what is dynamic."""
