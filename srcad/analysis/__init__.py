"""Facts about Traces: kinds of results, activity, liveness. An analysis changes nothing."""
