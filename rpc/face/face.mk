# SPDX-License-Identifier: LGPL-2.1-or-later
# What both halves of rpctls.h have in common.
librpctls_core_la_SOURCES += \
	rpc/face/material.cpp rpc/face/material.hpp \
	rpc/face/error.cpp rpc/face/error.hpp \
	rpc/face/params.cpp rpc/face/params.hpp \
	rpc/face/serving.cpp rpc/face/serving.hpp \
	rpc/face/session.cpp rpc/face/session.hpp
librpctls_core_la_SOURCES += rpc/face/xdr.cpp
