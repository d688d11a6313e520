// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/kernel/handshake_message.hpp"

#include "rpc/kernel/handshake_uapi.hpp"
#include "rpc/kernel/nl_handles.hpp"

#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>

namespace rpctls::kernel {

namespace {

constexpr nla_policy number{.type = NLA_U32, .minlen = 0, .maxlen = 0};

constexpr auto accept_policy = [] {
    std::array<nla_policy, uapi::a_accept_max + 1> policy{};
    policy[uapi::a_accept_sockfd] = number;
    policy[uapi::a_accept_handler_class] = number;
    policy[uapi::a_accept_message_type] = number;
    policy[uapi::a_accept_timeout] = number;
    policy[uapi::a_accept_auth_mode] = number;
    policy[uapi::a_accept_peer_identity] = number;
    policy[uapi::a_accept_certificate] = {.type = NLA_NESTED, .minlen = 0, .maxlen = 0};
    policy[uapi::a_accept_peername] = {.type = NLA_STRING, .minlen = 0, .maxlen = longest_peer_name};
    policy[uapi::a_accept_keyring] = number;
    return policy;
}();

constexpr auto x509_policy = [] {
    std::array<nla_policy, uapi::a_x509_max + 1> policy{};
    policy[uapi::a_x509_cert] = number;
    policy[uapi::a_x509_privkey] = number;
    return policy;
}();

// libnl's interface takes non-const pointers but does not write through these.
nlmsghdr *header_of(std::span<const std::byte> message) {
    return reinterpret_cast<nlmsghdr *>(const_cast<std::byte *>(message.data()));
}

std::int32_t serial_of(const nlattr *attribute) {
    return static_cast<std::int32_t>(nla_get_u32(attribute));
}

bool is_number(const nlattr *attribute) {
    return nla_len(attribute) >= static_cast<int>(sizeof(std::uint32_t));
}

bool is_whole_genl(std::span<const std::byte> message) {
    if (message.size() < NLMSG_HDRLEN + GENL_HDRLEN)
        return false;
    const nlmsghdr *header = header_of(message);
    return header->nlmsg_len >= NLMSG_HDRLEN + GENL_HDRLEN && header->nlmsg_len <= message.size();
}

Error broken(std::string why) {
    Error error;
    error.stage = Stage::kernel;
    error.name = "handshake-message-invalid";
    error.what = "the kernel's handshake request makes no sense";
    return std::move(error).with("reason", std::move(why));
}

std::optional<CertificateSerials> certificate_of(nlattr *nest) {
    std::array<nlattr *, uapi::a_x509_max + 1> parts{};
    if (nla_parse_nested(parts.data(), uapi::a_x509_max, nest, x509_policy.data()) != 0)
        return {};
    CertificateSerials serials;
    if (parts[uapi::a_x509_cert])
        serials.certificate = serial_of(parts[uapi::a_x509_cert]);
    if (parts[uapi::a_x509_privkey])
        serials.private_key = serial_of(parts[uapi::a_x509_privkey]);
    return serials;
}

NlMessage new_message(int family, std::uint32_t sequence, std::uint8_t command, int flags,
                      std::size_t room = 4096) {
    NlMessage message(nlmsg_alloc_size(room));
    if (!message ||
        !genlmsg_put(message.get(), NL_AUTO_PORT, sequence, family, 0, flags, command, uapi::family_version))
        throw std::bad_alloc();
    return message;
}

void put_number(nl_msg *message, int attribute, std::uint32_t value) {
    if (nla_put_u32(message, attribute, value) != 0)
        throw std::bad_alloc(); // there is room for all that we put
}

void put_text(nl_msg *message, int attribute, const std::string &text) {
    if (nla_put_string(message, attribute, text.c_str()) != 0)
        throw std::bad_alloc();
}

std::vector<std::byte> octets_of(const nl_msg *message) {
    const nlmsghdr *header = nlmsg_hdr(const_cast<nl_msg *>(message));
    const auto *first = reinterpret_cast<const std::byte *>(header);
    return {first, first + header->nlmsg_len};
}

} // namespace

std::optional<NetlinkAnswer> next_answer(std::span<const std::byte> &octets) {
    if (octets.size() < NLMSG_HDRLEN)
        return {};
    const nlmsghdr *header = header_of(octets);
    if (header->nlmsg_len < NLMSG_HDRLEN || header->nlmsg_len > octets.size())
        return {};
    NetlinkAnswer answer;
    answer.sequence = header->nlmsg_seq;
    answer.type = header->nlmsg_type;
    answer.message = octets.first(header->nlmsg_len);
    octets = octets.subspan(std::min<std::size_t>(NLMSG_ALIGN(header->nlmsg_len), octets.size()));
    if (answer.type == NLMSG_ERROR) {
        std::int32_t code = 0;
        if (answer.message.size() < NLMSG_HDRLEN + sizeof code)
            return {};
        std::memcpy(&code, answer.message.data() + NLMSG_HDRLEN, sizeof code);
        answer.error = -code;
    }
    return answer;
}

bool is_ready_notification(std::span<const std::byte> message, int family) {
    if (!is_whole_genl(message) || header_of(message)->nlmsg_type != family)
        return false;
    if (genlmsg_hdr(header_of(message))->cmd != uapi::cmd_ready)
        return false;
    std::array<nlattr *, uapi::a_accept_max + 1> found{};
    if (genlmsg_parse(header_of(message), 0, found.data(), uapi::a_accept_max, accept_policy.data()) != 0)
        return false;
    const nlattr *handler = found[uapi::a_accept_handler_class];
    return handler && nla_get_u32(handler) == uapi::handler_class_tlshd;
}

Result<AcceptReply> parse_accept_reply(std::span<const std::byte> message,
                                       std::optional<int> &sockfd_of_broken) {
    sockfd_of_broken.reset();
    if (!is_whole_genl(message))
        return broken("cut short");
    nlmsghdr *header = header_of(message);
    if (genlmsg_hdr(header)->cmd != uapi::cmd_accept)
        return broken("not a reply to ACCEPT");

    std::array<nlattr *, uapi::a_accept_max + 1> found{};
    if (genlmsg_parse(header, 0, found.data(), uapi::a_accept_max, accept_policy.data()) != 0) {
        auto *fd = nlmsg_find_attr(header, GENL_HDRLEN, uapi::a_accept_sockfd);
        if (fd && is_number(fd))
            sockfd_of_broken = static_cast<int>(nla_get_u32(fd));
        return broken("an attribute does not fit its type");
    }
    AcceptReply reply;
    HandshakeRequest &request = reply.request;
    if (const auto *a = found[uapi::a_accept_sockfd])
        reply.sockfd = static_cast<int>(nla_get_u32(a));
    if (const auto *a = found[uapi::a_accept_message_type])
        request.type = static_cast<MessageType>(nla_get_u32(a));
    if (const auto *a = found[uapi::a_accept_auth_mode])
        request.auth_mode = static_cast<AuthMode>(nla_get_u32(a));
    if (const auto *a = found[uapi::a_accept_timeout])
        request.timeout = std::chrono::milliseconds(nla_get_u32(a));
    if (const auto *a = found[uapi::a_accept_keyring])
        request.keyring = serial_of(a);
    if (const auto *a = found[uapi::a_accept_peername]) {
        const auto *text = static_cast<const char *>(nla_data(a));
        request.peer_name.assign(text, ::strnlen(text, static_cast<std::size_t>(nla_len(a))));
    }
    const auto unusable = [&](std::string why) {
        sockfd_of_broken = reply.sockfd;
        return broken(std::move(why));
    };
    // These two may repeat; the table above keeps only the last of each.
    nlattr *attribute = nullptr;
    int left = 0;
    nlmsg_for_each_attr(attribute, header, GENL_HDRLEN, left) {
        const int type = nla_type(attribute);
        if (type == uapi::a_accept_peer_identity && request.peer_identities.size() < most_serials) {
            if (!is_number(attribute))
                return unusable("a peer identity is no serial");
            request.peer_identities.push_back(serial_of(attribute));
        } else if (type == uapi::a_accept_certificate && request.certificates.size() < most_serials) {
            auto serials = certificate_of(attribute);
            if (!serials)
                return unusable("a certificate is not a pair of serials");
            request.certificates.push_back(*serials);
        }
    }
    if (!reply.sockfd || *reply.sockfd < 0)
        return broken("it names no socket");
    return reply;
}

std::vector<std::byte> build_accept(int family, std::uint32_t sequence, std::uint32_t handler_class) {
    // No NLM_F_ACK: success answers with a message of its own, failure always with an error.
    const auto message = new_message(family, sequence, uapi::cmd_accept, NLM_F_REQUEST);
    put_number(message.get(), uapi::a_accept_handler_class, handler_class);
    return octets_of(message.get());
}

std::vector<std::byte> build_done(int family, std::uint32_t sequence, int sockfd,
                                  const HandshakeOutcome &outcome) {
    constexpr std::size_t room = 4096 + most_tags * (NLA_HDRLEN + NLA_ALIGN(longest_tag + 1));
    const auto message = new_message(family, sequence, uapi::cmd_done, NLM_F_REQUEST | NLM_F_ACK,
                                     outcome.tags.empty() ? 4096 : room);
    put_number(message.get(), uapi::a_done_status, static_cast<std::uint32_t>(outcome.status));
    put_number(message.get(), uapi::a_done_sockfd, static_cast<std::uint32_t>(sockfd));
    // Kernels refuse attributes that they do not know, so nothing is sent that has nothing to say.
    for (std::size_t i = 0; i < std::min(outcome.remote_auth.size(), most_serials); ++i)
        put_number(message.get(), uapi::a_done_remote_auth,
                   static_cast<std::uint32_t>(outcome.remote_auth[i]));
    std::size_t tags = 0;
    for (const std::string &tag : outcome.tags) {
        // The kernel would refuse the whole outcome for one that is empty, too long or holds a NUL.
        if (tag.empty() || tag.size() > longest_tag || tag.find('\0') != std::string::npos)
            continue;
        if (++tags > most_tags)
            break;
        put_text(message.get(), uapi::a_done_tag, tag);
    }
    return octets_of(message.get());
}

} // namespace rpctls::kernel
