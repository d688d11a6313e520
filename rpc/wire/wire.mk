# SPDX-License-Identifier: LGPL-2.1-or-later
librpctls_core_la_SOURCES += \
	rpc/wire/message.cpp rpc/wire/message.hpp \
	rpc/wire/record.cpp rpc/wire/record.hpp \
	rpc/wire/record_stream.cpp rpc/wire/record_stream.hpp \
	rpc/wire/record_writer.cpp rpc/wire/record_writer.hpp \
	rpc/wire/spare_room.hpp \
	rpc/wire/xdr.hpp
librpctls_core_la_SOURCES += rpc/wire/record_room.cpp rpc/wire/record_room.hpp
