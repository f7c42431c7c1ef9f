"""The commands of `deskpulse`: one module a group, each thin over the workers."""
