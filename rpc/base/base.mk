librpctls_core_la_SOURCES += \
	rpc/base/batch.hpp \
	rpc/base/deadline.hpp \
	rpc/base/error.cpp \
	rpc/base/error_json.cpp rpc/base/error_json.hpp \
	rpc/base/fd.hpp \
	rpc/base/file.cpp rpc/base/file.hpp \
	rpc/base/file_name.cpp rpc/base/file_name.hpp \
	rpc/base/file_range.cpp \
	rpc/base/file_sender.cpp rpc/base/file_sender.hpp \
	rpc/base/ini.cpp rpc/base/ini.hpp \
	rpc/base/locked_slots.cpp rpc/base/locked_slots.hpp \
	rpc/base/program.cpp rpc/base/program.hpp \
	rpc/base/secret.cpp rpc/base/secret.hpp \
	rpc/base/server_name.cpp rpc/base/server_name.hpp \
	rpc/base/staged_file.cpp rpc/base/staged_file.hpp \
	rpc/base/text.cpp rpc/base/text.hpp \
	rpc/base/time_text.cpp rpc/base/time_text.hpp
