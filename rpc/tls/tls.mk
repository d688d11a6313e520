librpctls_core_la_SOURCES +=
