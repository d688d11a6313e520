# SPDX-License-Identifier: LGPL-2.1-or-later
librpctls_core_la_SOURCES += \
	rpc/tls/certificate.cpp rpc/tls/certificate.hpp \
	rpc/tls/certificate_faults.cpp rpc/tls/certificate_faults.hpp \
	rpc/tls/channel.cpp rpc/tls/channel.hpp \
	rpc/tls/channel_socket.cpp rpc/tls/channel_socket.hpp \
	rpc/tls/client_filter.cpp rpc/tls/client_filter.hpp \
	rpc/tls/control_records.cpp rpc/tls/control_records.hpp \
	rpc/tls/credentials.cpp rpc/tls/credentials.hpp rpc/tls/credentials_impl.hpp \
	rpc/tls/der.hpp \
	rpc/tls/diagnosis.cpp rpc/tls/diagnosis.hpp \
	rpc/tls/gnutls_handles.hpp \
	rpc/tls/key_url.cpp rpc/tls/key_url.hpp \
	rpc/tls/ktls.cpp rpc/tls/ktls.hpp \
	rpc/tls/ktls_ciphers.cpp rpc/tls/ktls_ciphers.hpp \
	rpc/tls/ktls_crypto.cpp rpc/tls/ktls_crypto.hpp \
	rpc/tls/ktls_records.cpp rpc/tls/ktls_records.hpp \
	rpc/tls/library_log.cpp rpc/tls/library_log.hpp \
	rpc/tls/nvme_psk.cpp rpc/tls/nvme_psk.hpp \
	rpc/tls/peer_name.cpp rpc/tls/peer_name.hpp \
	rpc/tls/post_quantum.cpp rpc/tls/post_quantum.hpp \
	rpc/tls/priority.cpp rpc/tls/priority.hpp \
	rpc/tls/psk_set.cpp rpc/tls/psk_set.hpp \
	rpc/tls/server_choice.cpp rpc/tls/server_choice.hpp \
	rpc/tls/psk.cpp rpc/tls/psk.hpp rpc/tls/psk_impl.hpp rpc/tls/psk_session.cpp \
	rpc/tls/recheck.cpp rpc/tls/recheck.hpp \
	rpc/tls/resumption.cpp rpc/tls/resumption.hpp rpc/tls/resumption_impl.hpp \
	rpc/tls/server_pins.cpp rpc/tls/server_pins.hpp \
	rpc/tls/session.cpp rpc/tls/session.hpp \
	rpc/tls/session_callbacks.cpp rpc/tls/session_callbacks.hpp \
	rpc/tls/session_resumption.cpp rpc/tls/session_resumption.hpp \
	rpc/tls/session_setup.cpp rpc/tls/session_setup.hpp \
	rpc/tls/session_state.cpp rpc/tls/session_state.hpp \
	rpc/tls/settings.cpp rpc/tls/settings.hpp \
	rpc/tls/take_octets.hpp \
	rpc/tls/tls_hs_material.cpp rpc/tls/tls_hs_material.hpp \
	rpc/tls/transport.cpp rpc/tls/transport.hpp \
	rpc/tls/trust_file.cpp rpc/tls/trust_file.hpp \
	rpc/tls/trust_place.cpp rpc/tls/trust_place.hpp \
	rpc/tls/verification.cpp rpc/tls/verification.hpp \
	rpc/tls/x509.cpp rpc/tls/x509.hpp
