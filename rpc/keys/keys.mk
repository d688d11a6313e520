# SPDX-License-Identifier: LGPL-2.1-or-later
librpctls_core_la_SOURCES += \
	rpc/keys/identity.cpp rpc/keys/identity.hpp \
	rpc/keys/identity_mounts.cpp rpc/keys/identity_mounts.hpp \
	rpc/keys/key_users.cpp rpc/keys/key_users.hpp \
	rpc/keys/keyring.cpp rpc/keys/keyring.hpp \
	rpc/keys/keyring_contents.cpp rpc/keys/keyring_contents.hpp \
	rpc/keys/keyring_names.cpp rpc/keys/keyring_names.hpp \
	rpc/keys/possession.cpp rpc/keys/possession.hpp \
	rpc/keys/proc_keys.cpp rpc/keys/proc_keys.hpp \
	rpc/keys/psk.cpp rpc/keys/psk.hpp \
	rpc/keys/psk_encoding.cpp rpc/keys/psk_encoding.hpp \
	rpc/keys/psk_interchange.cpp rpc/keys/psk_interchange.hpp \
	rpc/keys/psk_keyring.cpp rpc/keys/psk_keyring.hpp \
	rpc/keys/psk_store.cpp rpc/keys/psk_store.hpp \
	rpc/keys/session_keyring.cpp rpc/keys/session_keyring.hpp \
	rpc/keys/tls_hs_keyring.cpp rpc/keys/tls_hs_keyring.hpp
