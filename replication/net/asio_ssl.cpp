// The compiled half of Asio's TLS.
#include <boost/asio/ssl/impl/src.hpp>
