# SPDX-License-Identifier: LGPL-2.1-or-later
libtlsctl_la_SOURCES += \
	tlsctl/certificates/bundle_file.cpp tlsctl/certificates/bundle_file.hpp \
	tlsctl/certificates/ca_crl.cpp \
	tlsctl/certificates/ca_crl_file.cpp tlsctl/certificates/ca_crl_file.hpp \
	tlsctl/certificates/ca_directory.cpp tlsctl/certificates/ca_directory.hpp \
	tlsctl/certificates/ca_init.cpp \
	tlsctl/certificates/ca_renew.cpp \
	tlsctl/certificates/ca_show.cpp \
	tlsctl/certificates/cert_check.cpp \
	tlsctl/certificates/cert_issue.cpp \
	tlsctl/certificates/cert_renew.cpp \
	tlsctl/certificates/cert_request.cpp \
	tlsctl/certificates/cert_revoke.cpp \
	tlsctl/certificates/cert_show.cpp \
	tlsctl/certificates/cert_sign.cpp \
	tlsctl/certificates/certificate_input.cpp tlsctl/certificates/certificate_input.hpp \
	tlsctl/certificates/certificate_view.cpp tlsctl/certificates/certificate_view.hpp \
	tlsctl/certificates/commands.hpp \
	tlsctl/certificates/file_pair.cpp tlsctl/certificates/file_pair.hpp \
	tlsctl/certificates/host_names.cpp tlsctl/certificates/host_names.hpp \
	tlsctl/certificates/issued_certificates.cpp tlsctl/certificates/issued_certificates.hpp \
	tlsctl/certificates/leaf_options.cpp tlsctl/certificates/leaf_options.hpp \
	tlsctl/certificates/new_files.cpp tlsctl/certificates/new_files.hpp \
	tlsctl/certificates/request_view.cpp tlsctl/certificates/request_view.hpp \
	tlsctl/certificates/sign_policy.cpp tlsctl/certificates/sign_policy.hpp
