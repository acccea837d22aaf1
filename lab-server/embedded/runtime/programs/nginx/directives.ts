// Which directives nginx knows and where it takes them. What is known but has no effect here is accepted silently.

type Place = 'main' | 'events' | 'http' | 'server' | 'location' | 'upstream' | 'if' | 'stream';

const HSL: readonly Place[] = ['http', 'server', 'location'];
const HSLI: readonly Place[] = ['http', 'server', 'location', 'if'];

function table(groups: readonly (readonly [readonly Place[], string])[]): ReadonlyMap<string, ReadonlySet<Place>> {
  const known = new Map<string, Set<Place>>();
  for (const [places, names] of groups) {
    for (const name of names.split(/\s+/).filter((word) => word !== '')) {
      const at = known.get(name) ?? new Set<Place>();
      places.forEach((place) => at.add(place));
      known.set(name, at);
    }
  }
  return known;
}

/** From the module reference on nginx.org/en/docs, for the modules of the official image. */
const KNOWN = table([
  [
    ['main'],
    'daemon env error_log events http load_module lock_file master_process pcre_jit pid ssl_engine stream thread_pool timer_resolution user worker_cpu_affinity worker_priority worker_processes worker_rlimit_core worker_rlimit_nofile worker_shutdown_timeout working_directory debug_points',
  ],
  [['events'], 'accept_mutex accept_mutex_delay debug_connection multi_accept use worker_aio_requests worker_connections'],
  [['main', 'events', 'http', 'server', 'location', 'upstream', 'stream', 'if'], 'include'],
  [
    ['http'],
    'geo map map_hash_bucket_size map_hash_max_size limit_conn_zone limit_req_zone log_format proxy_cache_path server server_names_hash_bucket_size server_names_hash_max_size split_clients types_hash_bucket_size types_hash_max_size upstream variables_hash_bucket_size variables_hash_max_size fastcgi_cache_path js_import js_path gzip_proxied',
  ],
  [
    HSL,
    'absolute_redirect access_log add_header add_trailer aio allow auth_basic auth_basic_user_file auth_request auth_request_set autoindex autoindex_exact_size autoindex_format autoindex_localtime chunked_transfer_encoding client_body_buffer_size client_body_in_file_only client_body_temp_path client_body_timeout client_max_body_size default_type deny directio disable_symlinks error_log error_page etag expires fastcgi_buffer_size fastcgi_buffers fastcgi_cache fastcgi_cache_key fastcgi_cache_valid fastcgi_connect_timeout fastcgi_hide_header fastcgi_index fastcgi_intercept_errors fastcgi_param fastcgi_read_timeout fastcgi_send_timeout fastcgi_split_path_info grpc_set_header gunzip gzip gzip_buffers gzip_comp_level gzip_disable gzip_http_version gzip_min_length gzip_proxied gzip_static gzip_types gzip_vary http2_max_concurrent_streams if_modified_since index keepalive_disable keepalive_requests keepalive_time keepalive_timeout large_client_header_buffers limit_conn limit_conn_log_level limit_conn_status limit_except limit_rate limit_rate_after limit_req limit_req_log_level limit_req_status lingering_close lingering_time lingering_timeout log_not_found log_subrequest max_ranges mirror mirror_request_body msie_padding open_file_cache open_file_cache_errors open_file_cache_min_uses open_file_cache_valid output_buffers port_in_redirect postpone_output proxy_bind proxy_buffer_size proxy_buffering proxy_buffers proxy_busy_buffers_size proxy_cache proxy_cache_bypass proxy_cache_key proxy_cache_lock proxy_cache_methods proxy_cache_min_uses proxy_cache_use_stale proxy_cache_valid proxy_connect_timeout proxy_cookie_domain proxy_cookie_path proxy_force_ranges proxy_headers_hash_bucket_size proxy_headers_hash_max_size proxy_hide_header proxy_http_version proxy_ignore_client_abort proxy_ignore_headers proxy_intercept_errors proxy_max_temp_file_size proxy_method proxy_next_upstream proxy_next_upstream_timeout proxy_next_upstream_tries proxy_no_cache proxy_pass_header proxy_pass_request_body proxy_pass_request_headers proxy_read_timeout proxy_redirect proxy_request_buffering proxy_send_timeout proxy_set_body proxy_set_header proxy_ssl_certificate proxy_ssl_name proxy_ssl_protocols proxy_ssl_server_name proxy_ssl_session_reuse proxy_ssl_trusted_certificate proxy_ssl_verify proxy_store proxy_temp_path random_index read_ahead real_ip_header real_ip_recursive recursive_error_pages referer_hash_bucket_size request_pool_size reset_timedout_connection resolver resolver_timeout root satisfy secure_link send_timeout sendfile sendfile_max_chunk server_name_in_redirect server_tokens set_real_ip_from source_charset ssi sub_filter sub_filter_once sub_filter_types charset charset_types subrequest_output_buffer_size tcp_nodelay tcp_nopush types underscores_in_headers uninitialized_variable_warn userid valid_referers uwsgi_param uwsgi_read_timeout http2 http3 connection_pool_size client_header_buffer_size client_header_timeout ignore_invalid_headers merge_slashes',
  ],
  [
    ['http', 'server'],
    'ssl_buffer_size ssl_certificate ssl_certificate_key ssl_ciphers ssl_client_certificate ssl_conf_command ssl_dhparam ssl_ecdh_curve ssl_prefer_server_ciphers ssl_protocols ssl_session_cache ssl_session_tickets ssl_session_timeout ssl_stapling ssl_stapling_verify ssl_trusted_certificate ssl_verify_client ssl_verify_depth ssl_reject_handshake',
  ],
  [['server', 'location'], 'location'],
  [['server'], 'listen server_name try_files if return rewrite set break'],
  [
    ['location'],
    'alias empty_gif fastcgi_pass grpc_pass if internal mp4 flv proxy_pass return rewrite set break stub_status try_files uwsgi_pass scgi_pass api',
  ],
  [['if'], 'return rewrite set break proxy_pass add_header root expires gzip'],
  [
    ['upstream'],
    'server hash ip_hash keepalive keepalive_requests keepalive_time keepalive_timeout least_conn ntlm queue random resolver sticky zone',
  ],
  [HSLI, 'add_header access_log error_page expires root limit_rate sendfile client_max_body_size default_type deny allow'],
]);

export type { Place };

/** Undefined when the directive is known there; otherwise what nginx says. */
export function misplaced(name: string, place: Place): string | undefined {
  if (place === 'stream') {
    return undefined;
  }
  const places = KNOWN.get(name);
  if (!places) {
    return `unknown directive "${name}"`;
  }
  if (!places.has(place)) {
    return `"${name}" directive is not allowed here`;
  }
  return undefined;
}
