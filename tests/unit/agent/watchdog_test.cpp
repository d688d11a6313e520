// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/watchdog.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <vector>

using namespace rpctls;
using namespace rpctls::agent;
using std::chrono::milliseconds;

namespace {

/// Workers that answer when they are told to.
struct Pool {
    asio::io_context context;
    std::vector<std::function<void()>> tasks;
    bool prompt = true;
    int alive = 0;
    std::vector<bool> changes;
    Watchdog watchdog{context,
                      2,
                      milliseconds(10),
                      [this](const std::function<void()> &task) {
                          tasks = {task, task};
                          task(); // one of them is never stuck
                          if (prompt)
                              task();
                      },
                      [this] { ++alive; },
                      [this](bool stuck) { changes.push_back(stuck); }};
    void run_for(milliseconds time) { context.run_for(time); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(watchdog)

BOOST_AUTO_TEST_CASE(as_long_as_all_workers_answer_the_agent_is_alive) {
    Pool pool;
    pool.watchdog.start();
    pool.run_for(milliseconds(200));
    BOOST_TEST(pool.alive >= 3);
    BOOST_TEST(pool.changes.empty());
    BOOST_TEST(!pool.watchdog.stuck());
}

BOOST_AUTO_TEST_CASE(one_worker_that_does_not_is_noticed_once_and_so_is_its_return) {
    Pool pool;
    pool.prompt = false;
    pool.watchdog.start();
    pool.run_for(milliseconds(100));
    BOOST_TEST(pool.alive == 0);
    BOOST_TEST(pool.watchdog.stuck());
    BOOST_TEST(pool.changes == std::vector<bool>{true});
    pool.prompt = true;
    pool.tasks[1]();
    pool.run_for(milliseconds(200));
    BOOST_TEST(pool.alive >= 1);
    BOOST_TEST(!pool.watchdog.stuck());
    BOOST_TEST(pool.changes == (std::vector<bool>{true, false}));
}

BOOST_AUTO_TEST_CASE(the_interval_is_a_third_of_what_the_service_manager_allows) {
    ::unsetenv("WATCHDOG_PID");
    ::setenv("WATCHDOG_USEC", "30000000", 1);
    BOOST_TEST(watchdog_interval().count() == 10000);
    ::setenv("WATCHDOG_USEC", "900000", 1);
    BOOST_TEST(watchdog_interval().count() == 300);
    ::unsetenv("WATCHDOG_USEC");
    BOOST_TEST(watchdog_interval().count() == 10000);
}

BOOST_AUTO_TEST_SUITE_END()
