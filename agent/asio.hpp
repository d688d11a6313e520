// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

// Boost 1.74's Asio uses std::exchange without including <utility>.
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

namespace rpctls::agent {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;

} // namespace rpctls::agent
